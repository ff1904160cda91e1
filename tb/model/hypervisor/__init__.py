# SPDX-License-Identifier: Apache-2.0
"""Models of hypervisors' software VGICs, written from the rules of docs/spec/software-vgic.md.

They know neither the hardware model nor the bench: all they need from the world is a `platform.Platform`.
"""
