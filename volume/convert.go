package volume

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

var typeBytes = [...]int{1, 1, 2, 2, 4, 4, 8, 8, 4, 8}

// Bytes returns the size of one voxel on disk.
func (t Type) Bytes() int { return typeBytes[t] }

// integer reports whether the type holds whole numbers only.
func (t Type) integer() bool { return t < Float32 }

// limits returns the least value of an integer type, and the first value above its greatest. Both are exact in
// float64, which the greatest of a 64-bit type is not.
func (t Type) limits() (least, above float64) {
	bits := 8 * t.Bytes()
	if t == Int8 || t == Int16 || t == Int32 || t == Int64 {
		return -math.Ldexp(1, bits-1), math.Ldexp(1, bits-1)
	}
	return 0, math.Ldexp(1, bits)
}

// chunk is how many voxels are converted at a time: few enough to stay in the cache.
const chunk = 4096

// decode converts len(into) voxels of type t from bytes in the given order.
func decode(into []float64, from []byte, t Type, order binary.ByteOrder) {
	switch t {
	case Uint8:
		for i := range into {
			into[i] = float64(from[i])
		}
	case Int8:
		for i := range into {
			into[i] = float64(int8(from[i]))
		}
	case Uint16:
		for i := range into {
			into[i] = float64(order.Uint16(from[2*i:]))
		}
	case Int16:
		for i := range into {
			into[i] = float64(int16(order.Uint16(from[2*i:])))
		}
	case Uint32:
		for i := range into {
			into[i] = float64(order.Uint32(from[4*i:]))
		}
	case Int32:
		for i := range into {
			into[i] = float64(int32(order.Uint32(from[4*i:])))
		}
	case Uint64:
		for i := range into {
			into[i] = float64(order.Uint64(from[8*i:]))
		}
	case Int64:
		for i := range into {
			into[i] = float64(int64(order.Uint64(from[8*i:])))
		}
	case Float32:
		for i := range into {
			into[i] = float64(math.Float32frombits(order.Uint32(from[4*i:])))
		}
	case Float64:
		for i := range into {
			into[i] = math.Float64frombits(order.Uint64(from[8*i:]))
		}
	}
}

// encode converts voxels, already rounded and within the type's limits, to little-endian bytes.
func encode(into []byte, from []float32, t Type) {
	order := binary.LittleEndian
	switch t {
	case Uint8:
		for i, v := range from {
			into[i] = uint8(v)
		}
	case Int8:
		for i, v := range from {
			into[i] = uint8(int8(v))
		}
	case Uint16:
		for i, v := range from {
			order.PutUint16(into[2*i:], uint16(v))
		}
	case Int16:
		for i, v := range from {
			order.PutUint16(into[2*i:], uint16(int16(v)))
		}
	case Uint32:
		for i, v := range from {
			order.PutUint32(into[4*i:], uint32(v))
		}
	case Int32:
		for i, v := range from {
			order.PutUint32(into[4*i:], uint32(int32(v)))
		}
	case Uint64:
		for i, v := range from {
			order.PutUint64(into[8*i:], uint64(v))
		}
	case Int64:
		for i, v := range from {
			order.PutUint64(into[8*i:], uint64(int64(v)))
		}
	case Float32:
		for i, v := range from {
			order.PutUint32(into[4*i:], math.Float32bits(v))
		}
	case Float64:
		for i, v := range from {
			order.PutUint64(into[8*i:], math.Float64bits(float64(v)))
		}
	}
}

// checkFits reports the first voxel whose value, rounded to the nearest whole number (halves to even) where v.Type is
// an integer type, cannot be written as that type.
func (v *Volume) checkFits() error {
	if !v.Type.integer() {
		return nil
	}
	least, above := v.Type.limits()
	for i, value := range v.Data {
		if rounded := math.RoundToEven(float64(value)); !(rounded >= least && rounded < above) {
			return fmt.Errorf("voxel %s is %v, which does not fit %v: choose a type that holds it, such as float32", v.formatIndex(i), value, v.Type)
		}
	}
	return nil
}

// writeVoxels writes the voxels, which fit, as v.Type in little-endian order, x fastest.
func (v *Volume) writeVoxels(w io.Writer) error {
	size := v.Type.Bytes()
	raw := make([]byte, chunk*size)
	rounded := make([]float32, chunk)
	for start := 0; start < len(v.Data); start += chunk {
		part := v.Data[start:min(start+chunk, len(v.Data))]
		if v.Type.integer() {
			for i, value := range part {
				rounded[i] = float32(math.RoundToEven(float64(value)))
			}
			part = rounded[:len(part)]
		}
		encode(raw, part, v.Type)
		if _, err := w.Write(raw[:len(part)*size]); err != nil {
			return err
		}
	}
	return nil
}

// formatIndex names the voxel at a position in Data by its index (x, y, z).
func (g Geometry) formatIndex(i int) string {
	return fmt.Sprintf("(%d, %d, %d)", i%g.Size[0], i/g.Size[0]%g.Size[1], i/g.Size[0]/g.Size[1])
}
