# SPDX-License-Identifier: Apache-2.0
## vgic-cosim: make [target] [VARIABLE=value ...]
##
## Targets
##   all       (also plain `make`) build, random lockstep, a VGIC on the device, a real Xen boot, verdict
##   test      all tests, lint included; TEST selects by name
##   replay    replay the traces in TRACE on the device and on the reference model
##   conform   hold the VGIC models to what real hypervisors did (TRACE, or all shipped software traces)
##   regress   every suite at full volume; co-simulations of each VGIC in each scenario on each device
##   oracle    record fresh traces from QEMU and compare device, model and QEMU (needs qemu-system-arm)
##   cosim     a hypervisor's VGIC with guests and devices, live on the device under all checks
##   report    what happened in a co-simulation, or in the traces of TRACE, as an HTML page with a timeline
##   waves     waves for GTKWave: of the trace TRACE, of a test that TEST names, or of a co-simulation
##   shrink    make what failed as short as it gets, a co-simulation or TRACE: trace, story, test
##   capture   what a real hypervisor does, as a trace: HYPERVISOR, downloaded and booted, or a log of QEMU (LOG)
##   coverage  what the bench has met and what not yet: functional, code of the RTL, code of the models
##   bench     how fast everything is, beside its goals (docs/speed.md)
##   docs      the pages of docs/ as a site in sim_build/docs
##   docs-test run every command that README.md and docs/ show
##   lint      Verilog and Python checks
##   synth     synthesis check, area and logic depth for 4, 16 and 64 list registers
##   formal    prove the properties of formal/ with SymbiYosys, and see each fail on a planted error
##   mutate    how many of N small errors in the RTL or the models, one at a time, the regression notices
##   registers generate Verilog header, Python table, RAL and reference from rtl/registers/
##   doctor    versions of all tools, and how to mend what is wrong
##   lock      pin the dependencies of pyproject.toml anew in requirements.lock
##   clean     remove sim_build/, where everything generated lies
##   help      this text
##
## Variables and their defaults
##   SIM=verilator    simulator: verilator or icarus
##   NUM_LR=4         list registers a bank, 1..64
##   NUM_CPU=2        CPUs (ports and banks), 1..8
##   IIDR=0x0202143b  what GICV_IIDR reads
##   GRP_FILTER=1     1: list registers of a disabled group do not compete
##   HPPIR_PMR=0      1: GICV_HPPIR and GICV_AHPPIR apply the priority mask
##   IRQ_REG=0        1: one more register in each interrupt output
##   SEED=1           all randomness derives from it
##   WAVES=0          1: write waves (FST) of each simulation, with a save file for GTKWave
##   V=0              cosim, replay: 1: print each access
##   TEST=            all, waves: a module of tests/sim to run; test: pytest expression, such as "eoi and not queue"
##   TRACE=           trace files to replay or conform to, separated by blanks
##   SEEDS=1          regress: seeds of each co-simulation, from SEED on; oracle: streams of each profile (20)
##   JOBS=            regress, mutate: tests, simulations at one time; as many as there are processors, if empty
##   FARM=            regress: a cluster: dask://<host>:<port>, slurm or lsf (docs/farm.md)
##   RESUME=0         regress: 1: go on after an interruption
##   COVERAGE=0       regress: 1: functional coverage of live co-simulations, too
##   DUT=             cosim, replay, regress: the description of your own device (docs/your-rtl.md)
##   PROFILE=         oracle: one profile only: basic, maint, groups, eoimode, preempt, hw or sgi
##   MODE=live        cosim: live, on the device; ahead, its accesses on the device later; model, without device
##   DIALECT=kvm17    cosim: xen, kvm17, kvm19, classic or classic-v310; -fixed behind it: without known defects;
##                    or a Python file with a VGIC of your own (docs/your-vgic.md)
##   SCENARIO=mixed   cosim: a name out of docs/scenarios.md
##   ENTRIES=2000     cosim: guest entries
##   VCPUS=3          cosim: virtual CPUs, 1..8
##   PCPUS=2          cosim: physical CPUs, 1..8: the device's NUM_CPU
##   WINDOW=          report: steps, such as 100-400, to draw as an SVG picture, too
##   INVARIANT=       shrink: the invariant; else the first one that no known defect breaks
##   BUDGET=60        shrink: seconds of processor time
##   HYPERVISOR=xen   capture: xen or kvm, Debian's, on QEMU
##   LOG=             capture: a log of QEMU's trace events (docs/capture.md)
##   FULL=0           bench: 1: what takes minutes, too
##   UPDATE=0         bench: 1: put the table into docs/speed.md
##   N=2000           mutate: errors (600 in models)
##   WHAT=rtl         mutate: where the errors are: rtl or models
##   COMPILED=0       1: models compiled by mypyc into sim_build/compiled; the same results, sooner
##   PYTHON=python3   Python (>= 3.11) to make .venv with

PYTHON ?= python3
CLI := .venv/bin/python -m tb.cli
COMMANDS := test replay conform regress lint synth formal oracle cosim shrink report waves capture coverage bench mutate docs docs-test
REGISTERS := sim_build/registers/gicv2_registers.py
UV := sim_build/uv
PIN := $(UV)/bin/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --quiet
GROUPS := docs farm mutants

# The user's own packages must not shadow the pinned ones.
unexport PYTHONPATH PYTHONHOME

.PHONY: all $(COMMANDS) doctor registers lock clean help setup

all: registers
	@$(CLI) run

$(COMMANDS): registers
	@$(CLI) $@

doctor: setup
	@$(CLI) doctor

registers: $(REGISTERS)

$(REGISTERS): $(wildcard rtl/registers/*) tb/registers.py | setup
	@.venv/bin/python -m tb.registers

setup:
	@command -v $(PYTHON) >/dev/null || \
	    { echo "error: $(PYTHON) is not there: sudo apt install python3-venv" >&2; exit 2; }
	@$(PYTHON) tb/bootstrap.py

lock: setup
	@.venv/bin/python -m pip install --quiet --target $(UV) uv
	@$(PIN) --output-file requirements.lock pyproject.toml
	@for group in $(GROUPS); do \
	    $(PIN) --output-file requirements-$$group.lock --constraint requirements.lock --group $$group || exit; \
	done

clean:
	rm -rf sim_build

help:
	@sed -n 's/^## \{0,1\}//p' Makefile
