# SPDX-License-Identifier: Apache-2.0
"""Shrinks traces on which a device differs from its reference; tb/model/shrink shrinks co-simulations."""
