package artifact

import (
	"encoding/binary"
	"io"
	"math"
)

// chunkElements is how many elements are converted at a time, so that a large array needs no second copy of itself.
const chunkElements = 1 << 14

// dtype says how the elements of an array in a file become float32.
type dtype struct {
	bytes  int
	decode func(dst []float32, raw []byte) // little-endian
}

var dtypes = map[string]dtype{
	"BOOL": {1, func(dst []float32, raw []byte) {
		for i := range dst {
			dst[i] = 0
			if raw[i] != 0 {
				dst[i] = 1
			}
		}
	}},
	"U8":   elements(1, func(b []byte) float32 { return float32(b[0]) }),
	"I8":   elements(1, func(b []byte) float32 { return float32(int8(b[0])) }),
	"U16":  elements(2, func(b []byte) float32 { return float32(binary.LittleEndian.Uint16(b)) }),
	"I16":  elements(2, func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) }),
	"F16":  elements(2, func(b []byte) float32 { return halfToFloat(binary.LittleEndian.Uint16(b)) }),
	"BF16": elements(2, func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }),
	"U32":  elements(4, func(b []byte) float32 { return float32(binary.LittleEndian.Uint32(b)) }),
	"I32":  elements(4, func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) }),
	"F32": {4, func(dst []float32, raw []byte) {
		if values := floatsOf(raw); values != nil {
			copy(dst, values)
			return
		}
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	}},
	"U64": elements(8, func(b []byte) float32 { return float32(binary.LittleEndian.Uint64(b)) }),
	"I64": elements(8, func(b []byte) float32 { return float32(int64(binary.LittleEndian.Uint64(b))) }),
	"F64": elements(8, func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }),
}

func elements(bytes int, decode func([]byte) float32) dtype {
	return dtype{bytes, func(dst []float32, raw []byte) {
		for i := range dst {
			dst[i] = decode(raw[i*bytes:])
		}
	}}
}

// overflowed returns the first of the decoded values that is infinite where the file's is finite, or -1. Only F64 can
// do so.
func overflowed(name string, values []float32, raw []byte) int {
	if name != "F64" {
		return -1
	}
	for i, value := range values {
		if math.IsInf(float64(value), 0) && !math.IsInf(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])), 0) {
			return i
		}
	}
	return -1
}

// Finite returns the place of the first value that is NaN or infinite; ok where there is none.
func Finite(values []float32) (place int, ok bool) {
	// Of those the exponent's 8 bits are all ones, so that adding one to it carries into the sign's place.
	const magnitude, one = 1<<31 - 1, 1 << 23
	carry := uint32(0)
	for _, v := range values {
		carry |= math.Float32bits(v)&magnitude + one
	}
	if carry>>31 == 0 {
		return 0, true
	}
	for i, v := range values {
		if math.Float32bits(v)&magnitude+one > magnitude {
			return i, false
		}
	}
	return 0, true
}

// halfToFloat converts an IEEE 754 binary16 number.
func halfToFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0: // zero and the subnormal numbers: fraction · 2^-24
		value := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(value) | sign)
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// readFullAt fills the buffer from the place at; a reader that ends before is io.ErrUnexpectedEOF.
func readFullAt(r io.ReaderAt, buffer []byte, at int64) error {
	n, err := r.ReadAt(buffer, at)
	if n == len(buffer) {
		return nil
	}
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// decodeChunks fills dst with the elements that stand in r from the place at, and returns the index of the first that
// float32 cannot hold, or -1.
func decodeChunks(dst []float32, r io.ReaderAt, at int64, name string) (overflow int, err error) {
	d := dtypes[name]
	buffer := make([]byte, min(chunkElements, len(dst))*d.bytes)
	for done := 0; done < len(dst); {
		part := dst[done:min(done+chunkElements, len(dst))]
		raw := buffer[:len(part)*d.bytes]
		if err := readFullAt(r, raw, at); err != nil {
			return -1, err
		}
		d.decode(part, raw)
		if i := overflowed(name, part, raw); i >= 0 {
			return done + i, nil
		}
		at += int64(len(raw))
		done += len(part)
	}
	return -1, nil
}
