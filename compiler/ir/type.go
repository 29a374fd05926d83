package ir

import (
	"fmt"
	"slices"
	"strings"
)

// DType is the type of an element. Arithmetic is defined on reals; the dtype says to which grid a result is rounded.
type DType string

// The element types. Half types round to nearest, ties to even; an engine may store them wider.
const (
	F32  DType = "f32"
	F16  DType = "f16"
	BF16 DType = "bf16"
)

// Bytes returns the size of one element.
func (d DType) Bytes() int {
	if d == F32 {
		return 4
	}
	return 2
}

// The axes of a feature map, in memory order. A convolution's weight has the axes Out, In and the spatial ones.
const (
	Batch   = "batch"
	Channel = "channel"
	Z       = "z"
	Y       = "y"
	X       = "x"
	Out     = "out"
	In      = "in"
)

// Spatial reports whether an axis is one of space.
func Spatial(axis string) bool { return axis == X || axis == Y || axis == Z }

// Axis is a named axis of a value and its size.
type Axis struct {
	Name string
	Size int
}

// Type is the type of a value: its element type and its axes in memory order, the last one fastest. No axes: a scalar.
// A feature map is [batch, channel, z, y, x].
type Type struct {
	DType DType
	Axes  []Axis
}

// NewType returns the f32 type with the given axes.
func NewType(axes ...Axis) Type { return Type{F32, axes} }

// Elements returns the number of elements.
func (t Type) Elements() int {
	n := 1
	for _, a := range t.Axes {
		n *= a.Size
	}
	return n
}

// Bytes returns the size of a dense value of the type.
func (t Type) Bytes() int64 { return int64(t.Elements()) * int64(t.DType.Bytes()) }

// Index returns the place of the axis of that name, or -1.
func (t Type) Index(axis string) int {
	return slices.IndexFunc(t.Axes, func(a Axis) bool { return a.Name == axis })
}

// Size returns the size of the axis of that name, or 0 when there is none.
func (t Type) Size(axis string) int {
	if i := t.Index(axis); i >= 0 {
		return t.Axes[i].Size
	}
	return 0
}

// Shape returns the sizes alone.
func (t Type) Shape() []int {
	s := make([]int, len(t.Axes))
	for i, a := range t.Axes {
		s[i] = a.Size
	}
	return s
}

// Equal reports whether dtype, axes, names and sizes are all the same.
func (t Type) Equal(u Type) bool { return t.DType == u.DType && slices.Equal(t.Axes, u.Axes) }

// String returns the type as it is printed: f32[batch 1, channel 16, z 64, y 128, x 128].
func (t Type) String() string {
	var b strings.Builder
	b.WriteString(string(t.DType))
	b.WriteByte('[')
	for i, a := range t.Axes {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %d", a.Name, a.Size)
	}
	b.WriteByte(']')
	return b.String()
}
