package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/codegen/cuda"
)

// resources is what a kernel takes of a multiprocessor, as the compiler made it.
type resources struct {
	registers int // of a thread
	shared    int // bytes of shared memory, what a launch adds left out
	stack     int // bytes of a thread's own memory: what did not fit into registers
	hmma      int // instructions of the tensor cores: mma.sync
	hgmma     int // and wgmma
}

// A cubin is an ELF file. Each kernel has a section of code, .text.NAME, and perhaps one of shared memory,
// .nv.shared.NAME; what a thread takes stands in .nv.info, a list of records: format and attribute, a byte each, the size
// in two bytes, and of the attributes below the kernel's symbol and a number. cuobjdump -res-usage prints the same.
const (
	infoSized     = 0x04 // the format of a record with a size; others have two bytes in its place
	infoFrame     = 0x11
	infoRegisters = 0x2f
)

// The low 12 bits of an instruction of 16 bytes are what it does, on Ampere and on Hopper.
const (
	opHMMA            = 0x23c
	opHGMMA           = 0x9f0 // its left operand in shared memory
	opHGMMAOfRegister = 0xdf0
)

// reserved is the shared memory that the system keeps of each block. In a cubin for Hopper it counts as the kernel's.
const reserved = 1 << 10

// versionAt is where an ELF file has the version of ELF, and a cubin that of the toolkit.
const versionAt = 0x14

// errNoReport is the error of machine code that is not NVIDIA's, such as that of the stand-in.
var errNoReport = errors.New("the compiler is not NVIDIA's, and its code says nothing about registers")

// readCubin returns what the kernels of a cubin take, by name.
func readCubin(data []byte, arch cuda.Arch) (map[string]*resources, error) {
	data = slices.Clone(data)
	if len(data) > versionAt {
		data[versionAt] = byte(elf.EV_CURRENT)
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read a cubin: %w", err)
	}
	info := f.Section(".nv.info")
	if info == nil {
		return nil, errNoReport
	}
	symbols, err := f.Symbols()
	if err != nil {
		return nil, fmt.Errorf("read the symbols of a cubin: %w", err)
	}
	found := map[string]*resources{}
	for _, s := range f.Sections {
		if name, ok := strings.CutPrefix(s.Name, ".text."); ok {
			code, err := s.Data()
			if err != nil {
				return nil, fmt.Errorf("read the code of %s: %w", name, err)
			}
			found[name] = &resources{hmma: instructions(code, opHMMA), hgmma: instructions(code, opHGMMA) + instructions(code, opHGMMAOfRegister)}
		}
	}
	for name, r := range found {
		if s := f.Section(".nv.shared." + name); s != nil {
			r.shared = int(s.Size)
			if arch == cuda.SM90a {
				r.shared -= reserved
			}
		}
	}
	records, err := info.Data()
	if err != nil {
		return nil, fmt.Errorf("read .nv.info of a cubin: %w", err)
	}
	for len(records) >= 4 {
		size := 0
		if records[0] == infoSized {
			size = int(binary.LittleEndian.Uint16(records[2:]))
		}
		if len(records) < 4+size {
			return nil, fmt.Errorf("read a cubin: .nv.info is cut short")
		}
		if value := records[4 : 4+size]; size >= 8 {
			symbol, number := int(binary.LittleEndian.Uint32(value)), int(binary.LittleEndian.Uint32(value[4:]))
			if symbol > 0 && symbol <= len(symbols) && found[symbols[symbol-1].Name] != nil {
				found[symbols[symbol-1].Name].note(records[1], number)
			}
		}
		records = records[4+size:]
	}
	return found, nil
}

// note takes what a record says.
func (r *resources) note(attribute byte, number int) {
	switch attribute {
	case infoRegisters:
		r.registers = number
	case infoFrame:
		r.stack = number
	}
}

// instructions returns how many instructions of a code do one thing.
func instructions(code []byte, what uint16) int {
	n := 0
	for ; len(code) >= 16; code = code[16:] {
		if binary.LittleEndian.Uint16(code)&0xfff == what {
			n++
		}
	}
	return n
}
