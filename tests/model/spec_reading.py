# SPDX-License-Identifier: Apache-2.0
"""A second formulation of one bank: the specification's functions under its names, computed at each use.

It shares nothing with the model: no register table, no kept status, no rank. Slow, and near to the text.
"""

from dataclasses import dataclass

INV, PEND, ACT, PACT = 0b00, 0b01, 0b10, 0b11
NONE = None


def bits(word: int, msb: int, lsb: int) -> int:
    return word >> lsb & (1 << msb - lsb + 1) - 1


@dataclass
class ListRegister:
    """§2.3."""

    HW: int = 0
    Grp1: int = 0
    State: int = INV
    Priority: int = 0
    PhysicalID: int = 0
    VirtualID: int = 0

    @property
    def EOI(self) -> int:
        return bits(self.PhysicalID, 9, 9)

    @property
    def CPUID(self) -> int:
        return bits(self.PhysicalID, 2, 0)

    @property
    def word(self) -> int:
        return (
            self.HW << 31
            | self.Grp1 << 30
            | self.State << 28
            | self.Priority << 23
            | self.PhysicalID << 10
            | self.VirtualID
        )


def list_register(word: int) -> ListRegister:
    return ListRegister(
        bits(word, 31, 31),
        bits(word, 30, 30),
        bits(word, 29, 28),
        bits(word, 27, 23),
        bits(word, 19, 10),
        bits(word, 9, 0),
    )


HCR_FIELDS = (
    ("EOICount", 31, 27), ("VGrp1DIE", 7, 7), ("VGrp1EIE", 6, 6), ("VGrp0DIE", 5, 5), ("VGrp0EIE", 4, 4),
    ("NPIE", 3, 3), ("LRENPIE", 2, 2), ("UIE", 1, 1), ("En", 0, 0),
)  # fmt: skip
VMCR_FIELDS = (
    ("PMR", 31, 27), ("VMBP", 23, 21), ("VMABP", 20, 18), ("EOImode", 9, 9), ("CBPR", 4, 4), ("FIQEn", 3, 3),
    ("AckCtl", 2, 2), ("EnableGrp1", 1, 1), ("EnableGrp0", 0, 0),
)  # fmt: skip
CTLR_FIELDS = VMCR_FIELDS[3:]


class Bank:
    """The bank of one CPU."""

    def __init__(self, NUM_LR: int, IIDR: int, GRP_FILTER: int, HPPIR_PMR: int) -> None:
        self.NUM_LR, self.IIDR, self.GRP_FILTER, self.HPPIR_PMR = NUM_LR, IIDR, GRP_FILTER, HPPIR_PMR
        self.HCR = {name: 0 for name, _, _ in HCR_FIELDS}
        self.VMCR = {name: 0 for name, _, _ in VMCR_FIELDS} | {"VMBP": 2, "VMABP": 3}
        self.APR = 0
        self.LR = [ListRegister() for _ in range(NUM_LR)]
        self.deactivations: list[int] = []

    # ---- §3
    def eoi_flag(self, n: int) -> bool:
        return self.LR[n].State == INV and not self.LR[n].HW and bool(self.LR[n].EOI)

    def empty(self, n: int) -> bool:
        return self.LR[n].State == INV and bool(self.LR[n].HW or not self.LR[n].EOI)

    @property
    def MISR(self) -> int:
        HCR, VMCR = self.HCR, self.VMCR
        nvalid = sum(lr.State != INV for lr in self.LR)
        npend = sum(lr.State == PEND for lr in self.LR)
        conditions = (
            any(self.eoi_flag(n) for n in range(self.NUM_LR)),
            HCR["UIE"] and nvalid <= 1,
            HCR["LRENPIE"] and HCR["EOICount"] != 0,
            HCR["NPIE"] and npend == 0,
            HCR["VGrp0EIE"] and VMCR["EnableGrp0"],
            HCR["VGrp0DIE"] and not VMCR["EnableGrp0"],
            HCR["VGrp1EIE"] and VMCR["EnableGrp1"],
            HCR["VGrp1DIE"] and not VMCR["EnableGrp1"],
        )
        return sum(1 << i for i, condition in enumerate(conditions) if condition)

    # ---- §4
    def enabled(self, group: int) -> bool:
        return bool(self.VMCR["EnableGrp1" if group else "EnableGrp0"])

    def cand(self, n: int) -> bool:
        LR = self.LR
        return (
            LR[n].State == PEND
            and LR[n].VirtualID < 1020
            and (self.enabled(LR[n].Grp1) if self.GRP_FILTER else True)
        )

    def hppvi(self) -> int | None:
        best = NONE
        for n in range(self.NUM_LR):
            if self.cand(n) and (best is NONE or self.LR[n].Priority < self.LR[best].Priority):
                best = n
        return best

    def gmask(self, grp1: int) -> int:
        if grp1 and not self.VMCR["CBPR"]:
            return 0xFF & (0xFF << self.VMCR["VMABP"])
        return 0xFF & (0xFF << (self.VMCR["VMBP"] + 1))

    def running(self) -> int:
        return 0xFF if self.APR == 0 else next(p for p in range(32) if self.APR >> p & 1) << 3

    def sufficient(self, n: int) -> bool:
        p, m = self.LR[n].Priority << 3, self.gmask(self.LR[n].Grp1)
        return p < self.VMCR["PMR"] << 3 and (self.APR == 0 or (p & m) < (self.running() & m))

    def ready(self) -> bool:
        n = self.hppvi()
        return n is not NONE and bool(self.HCR["En"]) and self.enabled(self.LR[n].Grp1) and self.sufficient(n)

    @property
    def lines(self) -> tuple[bool, bool, bool]:
        """maint_irq, virq, vfiq."""
        n = self.hppvi()
        vfiq = n is not NONE and self.ready() and self.LR[n].Grp1 == 0 and bool(self.VMCR["FIQEn"])
        return bool(self.HCR["En"]) and self.MISR != 0, self.ready() and not vfiq, vfiq

    # ---- §5
    def identity(self, n: int) -> int:
        return (0 if self.LR[n].HW else self.LR[n].CPUID) << 10 | self.LR[n].VirtualID

    def iar(self, alias: bool) -> int:
        n = self.hppvi()
        if n is NONE or not self.ready():
            return 1023
        if alias and not self.LR[n].Grp1:
            return 1023
        if not alias and self.LR[n].Grp1 and not self.VMCR["AckCtl"]:
            return 1022
        self.LR[n].State = ACT
        self.APR |= 1 << ((self.LR[n].Priority << 3 & self.gmask(self.LR[n].Grp1)) >> 3)
        return self.identity(n)

    def hppir(self, alias: bool) -> int:
        n = self.hppvi()
        if not self.HCR["En"] or n is NONE or not self.enabled(self.LR[n].Grp1):
            return 1023
        if self.HPPIR_PMR and not self.LR[n].Priority < self.VMCR["PMR"]:
            return 1023
        if self.LR[n].Grp1:
            return self.identity(n) if alias or self.VMCR["AckCtl"] else 1022
        return 1023 if alias else self.identity(n)

    # ---- §6
    def key(self, n: int, intid: int, src: int) -> bool:
        LR = self.LR
        return LR[n].VirtualID == intid and (intid >= 16 or LR[n].HW == 1 or src == LR[n].CPUID)

    def find_active(self, intid: int, src: int) -> int | None:
        for n in range(self.NUM_LR):
            if self.key(n, intid, src) and self.LR[n].State in {ACT, PACT}:
                return n
        return NONE

    def deactivate(self, n: int) -> None:
        self.LR[n].State &= PEND
        if self.LR[n].HW and 16 <= self.LR[n].PhysicalID <= 1019:
            self.deactivations.append(self.LR[n].PhysicalID)

    def count(self) -> None:
        self.HCR["EOICount"] = (self.HCR["EOICount"] + 1) & 31

    def eoi(self, intid: int, src: int, alias: bool) -> None:
        if intid >= 1020:
            return
        n = self.find_active(intid, src)
        if alias and n is not NONE and self.LR[n].Grp1 == 0:
            return
        dropped = self.APR != 0
        self.APR = sum(1 << p for p in range(32) if self.APR >> p & 1 and self.APR & (1 << p) - 1)
        if self.VMCR["EOImode"]:
            return
        if n is not NONE:
            self.deactivate(n)
        elif dropped:
            self.count()

    def dir(self, intid: int, src: int) -> None:
        if not self.VMCR["EOImode"] or intid >= 1020:
            return
        n = self.find_active(intid, src)
        if n is not NONE:
            self.deactivate(n)
        else:
            self.count()

    # ---- §2
    def read(self, register: str) -> int:
        if register.startswith("GICH_LR"):
            n = int(register[7:])
            return self.LR[n].word if n < self.NUM_LR else 0
        eisr = sum(1 << n for n in range(self.NUM_LR) if self.eoi_flag(n))
        elrsr = sum(1 << n for n in range(self.NUM_LR) if self.empty(n))
        match register:
            case "GICH_HCR":
                return pack(self.HCR, HCR_FIELDS)
            case "GICH_VTR":
                return 4 << 29 | 4 << 26 | self.NUM_LR - 1
            case "GICH_VMCR":
                return pack(self.VMCR, VMCR_FIELDS)
            case "GICH_MISR":
                return self.MISR
            case "GICH_EISR0" | "GICH_EISR1":
                return bits(eisr, 31, 0) if register.endswith("0") else bits(eisr, 63, 32)
            case "GICH_ELRSR0" | "GICH_ELRSR1":
                return bits(elrsr, 31, 0) if register.endswith("0") else bits(elrsr, 63, 32)
            case "GICH_APR" | "GICV_APR0":
                return self.APR
            case "GICV_CTLR":
                return pack(self.VMCR, CTLR_FIELDS)
            case "GICV_PMR":
                return self.VMCR["PMR"] << 3
            case "GICV_BPR":
                return self.VMCR["VMBP"]
            case "GICV_ABPR":
                return self.VMCR["VMABP"]
            case "GICV_RPR":
                return self.running()
            case "GICV_IIDR":
                return self.IIDR
            case "GICV_IAR" | "GICV_AIAR":
                return self.iar(alias=register == "GICV_AIAR")
            case "GICV_HPPIR" | "GICV_AHPPIR":
                return self.hppir(alias=register == "GICV_AHPPIR")
        return 0

    def write(self, register: str, value: int) -> None:
        if register.startswith("GICH_LR") and int(register[7:]) < self.NUM_LR:
            self.LR[int(register[7:])] = list_register(value)
        intid, src = bits(value, 9, 0), bits(value, 12, 10)
        match register:
            case "GICH_HCR":
                unpack(value, self.HCR, HCR_FIELDS)
            case "GICH_VMCR":
                unpack(value, self.VMCR, VMCR_FIELDS)
            case "GICH_APR" | "GICV_APR0":
                self.APR = value
            case "GICV_CTLR":
                unpack(value, self.VMCR, CTLR_FIELDS)
            case "GICV_PMR":
                self.VMCR["PMR"] = bits(value, 7, 3)
            case "GICV_BPR":
                self.VMCR["VMBP"] = bits(value, 2, 0)
            case "GICV_ABPR":
                self.VMCR["VMABP"] = bits(value, 2, 0)
            case "GICV_EOIR" | "GICV_AEOIR":
                self.eoi(intid, src, alias=register == "GICV_AEOIR")
            case "GICV_DIR":
                self.dir(intid, src)
        self.VMCR["VMBP"] = max(self.VMCR["VMBP"], 2)
        self.VMCR["VMABP"] = max(self.VMCR["VMABP"], 3)

    def words(self) -> tuple[int, ...]:
        names = ["HCR", "VMCR", "APR", "MISR", "EISR0", "EISR1", "ELRSR0", "ELRSR1"]
        return tuple(self.read(f"GICH_{name}") for name in names + [f"LR{n}" for n in range(self.NUM_LR)])


def pack(values: dict[str, int], fields: tuple[tuple[str, int, int], ...]) -> int:
    return sum(values[name] << lsb for name, _, lsb in fields)


def unpack(word: int, values: dict[str, int], fields: tuple[tuple[str, int, int], ...]) -> None:
    for name, msb, lsb in fields:
        values[name] = bits(word, msb, lsb)
