# SPDX-License-Identifier: Apache-2.0
"""Mutation of the RTL: how many of many small errors, one at a time, does the regression notice?

mutants      Yosys makes them: one netlist holds all, an input of its top chooses one
stimuli      the regression, recorded: every pin and observation word at each clock edge of runs in lockstep
play         plays the recording on each mutant, up to the first difference
equivalence  proves of mutants that nobody noticed that nobody can
campaign     all of this, one after the other
report       what came of it
"""
