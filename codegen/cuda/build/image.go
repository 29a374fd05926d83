package build

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"

	"github.com/vnlang/vn/internal/units"
)

// mostBytes is what a cubin may take: hundreds of times what V-Net's do.
const mostBytes = 256 << 20

// CheckImage reports a cubin that is none, or not all of it: the driver is given no length, reads what the file's own
// headers say, and may fault. A cubin is an ELF file (ELF-64, System V ABI).
func CheckImage(cubin []byte) error {
	file, err := elf.NewFile(bytes.NewReader(cubin))
	if err != nil {
		return fmt.Errorf("it is no cubin: %w", err)
	}
	if file.Class != elf.ELFCLASS64 || len(file.Sections) == 0 {
		return errors.New("it is no cubin: it has no sections of 64 bits")
	}
	size := uint64(len(cubin))
	for _, s := range file.Sections {
		if s.Type != elf.SHT_NOBITS && (s.Offset > size || s.FileSize > size-s.Offset) {
			return fmt.Errorf("it is a part of a cubin: %s ends behind its %d bytes", s.Name, size)
		}
	}
	for _, p := range file.Progs {
		if p.Off > size || p.Filesz > size-p.Off {
			return fmt.Errorf("it is a part of a cubin of more than its %d bytes", size)
		}
	}
	return nil
}

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
