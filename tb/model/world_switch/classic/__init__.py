# SPDX-License-Identifier: Apache-2.0
"""Flush and sync of the classic VGIC, as section B demands them."""
