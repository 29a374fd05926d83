package build

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/vnlang/vn/internal/units"
)

// mostBytes is what a cubin may take: hundreds of times what V-Net's do.
const mostBytes = 256 << 20

// CheckImage reports a cubin that is none, or not all of it: the driver is given no length, reads what the file's own
// headers say, and may fault. A cubin is an ELF file of 64 bits (System V ABI, chapters 4 and 5), with the version of CUDA
// where the version of ELF should be, so that package debug/elf refuses it. For which device it is, the driver says.
func CheckImage(cubin []byte) error {
	var h elf.Header64
	size := uint64(len(cubin))
	if err := binary.Read(bytes.NewReader(cubin), binary.LittleEndian, &h); err != nil || string(h.Ident[:4]) != elf.ELFMAG ||
		elf.Class(h.Ident[elf.EI_CLASS]) != elf.ELFCLASS64 || elf.Data(h.Ident[elf.EI_DATA]) != elf.ELFDATA2LSB {
		return errors.New("it is no cubin")
	}
	sections, err := table[elf.Section64](cubin, h.Shoff, h.Shnum, h.Shentsize)
	if err != nil {
		return err
	}
	segments, err := table[elf.Prog64](cubin, h.Phoff, h.Phnum, h.Phentsize)
	if err != nil {
		return err
	}
	for _, s := range sections {
		if elf.SectionType(s.Type) != elf.SHT_NOBITS && !inside(s.Off, s.Size, size) {
			return errIncomplete
		}
	}
	for _, p := range segments {
		if !inside(p.Off, p.Filesz, size) {
			return errIncomplete
		}
	}
	if len(sections) == 0 {
		return errors.New("it is a cubin without sections")
	}
	return nil
}

// errIncomplete is the error of a cubin that speaks of more than its bytes.
var errIncomplete = errors.New("it is a part of a cubin, or damaged")

// table reads a table of a cubin, whose entries may be larger than what is known of them.
func table[T any](cubin []byte, at uint64, count, each uint16) ([]T, error) {
	entries := make([]T, count)
	if count == 0 {
		return nil, nil
	}
	if int(each) < binary.Size(entries[0]) || !inside(at, uint64(count)*uint64(each), uint64(len(cubin))) {
		return nil, errIncomplete
	}
	for i := range entries {
		from := at + uint64(i)*uint64(each)
		if err := binary.Read(bytes.NewReader(cubin[from:]), binary.LittleEndian, &entries[i]); err != nil {
			return nil, errIncomplete
		}
	}
	return entries, nil
}

// inside reports whether a range lies in so many bytes.
func inside(at, bytes, size uint64) bool { return at <= size && bytes <= size-at }

// readImage reads a cubin that a compiler has written.
func readImage(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, errors.New("it wrote no file")
	case !info.Mode().IsRegular() || info.Size() > mostBytes:
		return nil, fmt.Errorf("it is no file of up to %s", units.Bytes(mostBytes))
	}
	return os.ReadFile(file)
}
