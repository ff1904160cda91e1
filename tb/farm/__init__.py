# SPDX-License-Identifier: Apache-2.0
"""A regression on many machines, or in several goes: what each test came to, in a file."""
