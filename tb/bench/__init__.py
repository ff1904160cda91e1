# SPDX-License-Identifier: Apache-2.0
"""What `make bench` measures: one module for each group of rows, each with rows(wishes) -> Iterator[Row]."""
