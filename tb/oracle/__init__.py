# SPDX-License-Identifier: Apache-2.0
"""The oracle: fresh golden traces from QEMU's GICv2, driven over qtest."""
