# SPDX-License-Identifier: Apache-2.0
"""Pure Python models: the standard library and the generated register table, nothing else."""
