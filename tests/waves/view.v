// SPDX-License-Identifier: Apache-2.0
//
// Prints what gicv2_view makes of some observation words.

module view;

  localparam NUM_LR = 2;

  reg [32*(9+NUM_LR)-1:0] obs = 0;

  gicv2_view #(
      .NUM_LR(NUM_LR)
  ) u_view (
      .obs(obs)
  );

  task show;
    #1 $display("%0s", u_view.Access);
  endtask

  task accessed(input [15:0] address, input write);
    begin
      obs[31:0] = {address, 4'd0, write, 11'd1};
      show;
    end
  endtask

  initial begin
    show;
    accessed(16'h4000, 1);
    accessed(16'h4104, 1);
    accessed(16'h41FC, 0);
    accessed(16'h5330, 0);
    accessed(16'h600C, 0);
    accessed(16'h7000, 1);
    accessed(16'h6040, 1);
    obs[32*1+:32] = 32'hA8000005;
    obs[32*9+:32] = 32'h9A009022;
    obs[32*10+:32] = 32'h700003FB;
    #1 $display("HCR %h EN %b UIE %b LRENPIE %b EOICount %0d", u_view.HCR, u_view.EN, u_view.UIE, u_view.LRENPIE, u_view.EOICount);
    $display("%0s %0d %0d %0d %b %b", u_view.LR[0].State, u_view.LR[0].VirtualID, u_view.LR[0].Priority,
             u_view.LR[0].PhysicalID, u_view.LR[0].HW, u_view.LR[0].Grp1);
    $display("%0s %0d %b %b", u_view.LR[1].State, u_view.LR[1].VirtualID, u_view.LR[1].HW, u_view.LR[1].Grp1);
  end

endmodule
