# SPDX-License-Identifier: Apache-2.0
"""The commands of `tb.cli`, one module each."""
