package artifact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// mapping is an open file whose content stands in memory as well, where the system can map files: its pages are read
// when they are first touched, are shared with the file cache, and are copied when they are written, so that the file
// stays as it is.
type mapping struct {
	*os.File
	memory []byte      // nil where the file is not mapped
	opened os.FileInfo // as the file was then; nil where that is not known
}

// newMapping maps a file of the given size in bytes. A file that cannot be mapped is left to be read.
func newMapping(file *os.File, size int64) *mapping {
	m := &mapping{File: file}
	m.opened, _ = file.Stat()
	if 0 < size && size == int64(int(size)) {
		m.memory, _ = mapFile(file, int(size))
	}
	return m
}

// unchanged reports an error when the file was written since it was opened: what was read of it so far and what is read
// from here on may not belong together. A file that was replaced by another of its name is still the old one.
func (m *mapping) unchanged() error {
	now, err := m.Stat()
	if err != nil || m.opened == nil {
		return err
	}
	if now.Size() != m.opened.Size() || !now.ModTime().Equal(m.opened.ModTime()) {
		return fmt.Errorf("%s was changed while it was in use: run again, and replace files by renaming a new one over them", m.Name())
	}
	return nil
}

// Close gives the memory back and closes the file.
func (m *mapping) Close() error {
	var err error
	if m.memory != nil {
		err = unmapFile(m.memory)
		m.memory = nil
	}
	return errors.Join(err, m.File.Close())
}

// littleEndian reports whether numbers have the same bytes in memory as in files.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// floatsOf returns the float32 values that stand in raw, in place; nil where this machine cannot use them as they are.
func floatsOf(raw []byte) []float32 {
	if !littleEndian || len(raw) == 0 || uintptr(unsafe.Pointer(&raw[0]))%4 != 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&raw[0])), len(raw)/4)
}
