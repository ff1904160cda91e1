// SPDX-License-Identifier: Apache-2.0
//
// The limit: accesses to the verilated device from C++, one a clock, nothing checked. Argument: how many
// millions. Prints accesses a second of processor time.

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "Vgicv2_vif_top.h"
#include "verilated.h"

struct Access {
    bool write;
    unsigned address, datum;
};

static const unsigned GICH = 0x4000, GICV = 0x6000;

int main(int argc, char** argv) {
    const Access accesses[] = {
        {true, GICH + 0x100, 0x10000020},  // LR0: interrupt 32 pending
        {false, GICV + 0x0C, 0},           // IAR
        {true, GICV + 0x10, 32},           // EOIR
        {false, GICH + 0x30, 0},           // ELRSR0
    };
    VerilatedContext context;
    Vgicv2_vif_top top{&context};
    auto clock = [&] {
        top.aclk = 1;
        top.eval();
        top.aclk = 0;
        top.eval();
    };
    auto put = [&](const Access& access) {
        top.s_axi_awvalid = top.s_axi_wvalid = access.write;
        top.s_axi_arvalid = !access.write;
        top.s_axi_awaddr = top.s_axi_araddr = access.address;
        top.s_axi_wdata = access.datum;
        clock();
    };
    top.s_axi_wstrb = 0xF;
    top.s_axi_bready = top.s_axi_rready = top.deact_ready = 1;
    top.aresetn = 0;
    clock();
    top.aresetn = 1;
    put({true, GICV + 0x00, 1});     // CTLR: group 0
    put({true, GICV + 0x04, 0xF8});  // PMR
    put({true, GICH + 0x00, 1});     // HCR: on

    const long count = 1000000L * (argc > 1 ? atol(argv[1]) : 1);
    long acknowledged = 0;
    const clock_t started = std::clock();
    for (long n = 0; n < count; ++n) {
        put(accesses[n & 3]);
        acknowledged += top.s_axi_rvalid && top.s_axi_rdata == 32;
    }
    const double seconds = double(std::clock() - started) / CLOCKS_PER_SEC;
    if (acknowledged != count / 4) {
        std::fprintf(stderr, "%ld acknowledged of %ld\n", acknowledged, count / 4);
        return 1;
    }
    std::printf("%.0f\n", count / seconds);
    return 0;
}
