# SPDX-License-Identifier: Apache-2.0
"""The hypervisors that are booted, and how: Debian's Xen, and KVM in Debian's Linux."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tb.capture.initrd import initrd

DONE: Final = "capture: done"  # what GUEST says at its end
GUEST: Final = f"""#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
i=0
while [ $i -lt 100 ]; do
    /bin/busybox usleep 10000
    /bin/busybox echo capture: $i
    i=$((i + 1))
done
/bin/busybox echo {DONE}
/bin/busybox poweroff -f
"""
# Somebody types at the guest's console, which makes its UART interrupt.
HOST: Final = """#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
while /bin/busybox usleep 50000 && /bin/busybox echo; do :; done |
/usr/bin/qemu-system-aarch64 -machine virt,gic-version=2,accel=kvm -cpu host -smp 2 -m 256 -no-reboot \\
    -nodefaults -display none -serial stdio \\
    -kernel /boot/vmlinuz-* -initrd /guest -append "console=ttyAMA0 rdinit=/init quiet"
/bin/busybox poweroff -f
"""
# In the machine's RAM, which begins at 0x4000_0000; QEMU's device tree is 0x800_0000 above that.
_KERNEL_AT, _INITRD_AT = 0x4A00_0000, 0x4E00_0000


class Hypervisor(NamedTuple):
    """packages: Debian's, beside what they depend on. boot: the arguments for QEMU, from the directory
    where the packages are unpacked, and from the initial RAM disk's path, where it makes that."""

    packages: Sequence[str]
    boot: Callable[[Path, Path], Sequence[str | Path]]


def escaped(path: Path) -> str:
    """As a value among others, which commas part."""
    return str(path).replace(",", ",,")


def _xen(root: Path, ramdisk: Path) -> Sequence[str | Path]:
    (xen,) = root.glob("boot/xen-*-arm64")
    (linux,) = root.glob("boot/vmlinuz-*")
    ramdisk.write_bytes(initrd(GUEST, root, [root / "bin" / "busybox"]))
    dom0 = f"addr={_KERNEL_AT:#x},kernel={escaped(linux)},bootargs=console=hvc0 rdinit=/init"
    return [
        *("-kernel", xen, "-append", "console=dtuart dom0_mem=512M dom0_max_vcpus=1"),
        *("-device", f"guest-loader,{dom0}"),
        *("-device", f"guest-loader,addr={_INITRD_AT:#x},initrd={escaped(ramdisk)}"),
    ]


def _kvm(root: Path, ramdisk: Path) -> Sequence[str | Path]:
    (linux,) = root.glob("boot/vmlinuz-*")
    busybox, guest = root / "bin" / "busybox", root / "guest"
    guest.write_bytes(initrd(GUEST, root, [busybox]))
    qemu = [root / "usr" / "bin" / "qemu-system-aarch64", root / "lib" / "ld-linux-aarch64.so.1"]
    libraries = [*root.glob("lib/aarch64-linux-gnu/*.so*"), *root.glob("usr/lib/aarch64-linux-gnu/*.so*")]
    ramdisk.write_bytes(initrd(HOST, root, [busybox, linux, guest, *qemu, *libraries]))
    return ["-kernel", linux, "-initrd", ramdisk, "-append", "console=ttyAMA0 rdinit=/init"]


HYPERVISORS: Final = {
    "xen": Hypervisor(("xen-hypervisor-4.17-arm64", "linux-image-arm64", "busybox-static"), _xen),
    "kvm": Hypervisor(("linux-image-arm64", "busybox-static", "qemu-system-arm"), _kvm),
}
