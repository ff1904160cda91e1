# SPDX-License-Identifier: Apache-2.0
"""Mutation of the models: how many of many small errors in tb/model does the regression notice?

mutants      mutmut makes them
judge        in a process of its own, runs a share of the regression on the models with a mutant
campaign     all of this, one after the other
report       what came of it
"""
