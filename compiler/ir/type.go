package ir

import (
	"fmt"
	"math"
	"slices"
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

// Round returns the number of the dtype's grid that is nearest to x, ties to even. F32 leaves x as it is: float64
// stands in for it, as the yardstick by which engines that compute in float32 are measured.
func (d DType) Round(x float64) float64 {
	switch d {
	case F16:
		return roundFloat(x, 11, -24, 65504)
	case BF16:
		return roundFloat(x, 8, -133, 0x1.fep127)
	}
	return x
}

// roundFloat rounds x to a binary format with the given digits of significand, exponent of the smallest number and
// largest number.
func roundFloat(x float64, digits, smallest int, largest float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	_, exponent := math.Frexp(x)
	unit := math.Ldexp(1, max(exponent-digits, smallest))
	rounded := math.RoundToEven(x/unit) * unit
	if math.Abs(rounded) > largest {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return rounded
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

// maxElements bounds the size of one value, so that counts of bytes and of operations stay within an int64.
const maxElements = 1 << 40

// Check reports what is wrong with the type itself: an unknown dtype, an axis whose name is no word or stands twice, a
// size below 1, or more elements than any machine holds.
func (t Type) Check() error {
	if t.DType != F32 && t.DType != F16 && t.DType != BF16 {
		return fmt.Errorf("unknown dtype %q", t.DType)
	}
	elements := 1
	for i, a := range t.Axes {
		switch {
		case !isWord(a.Name):
			return fmt.Errorf("%q is no name for an axis", a.Name)
		case t.Index(a.Name) != i:
			return fmt.Errorf("axis %s stands twice", a.Name)
		case a.Size < 1:
			return fmt.Errorf("axis %s has size %d", a.Name, a.Size)
		case a.Size > maxElements/elements:
			return fmt.Errorf("%s has more than 2^40 elements", t)
		}
		elements *= a.Size
	}
	return nil
}

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
func (t Type) String() string { return string(t.DType) + "[" + axesText(t.Axes) + "]" }

// axesText lists axes as a type prints them.
func axesText(axes []Axis) string {
	return joined(axes, ", ", func(a Axis) string { return fmt.Sprintf("%s %d", a.Name, a.Size) })
}
