# SPDX-License-Identifier: Apache-2.0
"""What happened in a run, or in a trace, as a page to look at."""
