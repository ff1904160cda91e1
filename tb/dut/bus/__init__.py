# SPDX-License-Identifier: Apache-2.0
"""Bus masters of foreign devices: a thin layer over kept libraries, a module a kind."""
