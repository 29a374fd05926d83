package eval

import (
	"fmt"
	"slices"
	"strings"
)

// The names of the axes that the language gives a meaning.
const (
	batchAxis   = "batch"
	channelAxis = "channel"
	outAxis     = "out"
	inAxis      = "in"
)

// Tensor is a symbolic tensor: its type, and the graph's handle for it. The axes are those of one sample; whether a
// tensor differs from sample to sample, as the image and all that follows from it do, is Batched, and the batch's own
// axis is added where a node is emitted.
type Tensor struct {
	Axes    []Axis // of one sample, in memory order
	Batched bool
	DType   string // "f32", "f16" or "bf16"
	Ref     Ref
	state   *State // what `update` gives a next value; nil when the tensor is no state
}

// String prints the type with the sizes in the order channel, x, y, z: tensor[channel 16, x 128, y 128, z 64].
func (t *Tensor) String() string {
	if len(t.Axes) == 0 {
		return "tensor, a single number"
	}
	var parts []string
	for _, a := range t.written() {
		parts = append(parts, fmt.Sprintf("%s %d", a.Name, a.Size.Value))
	}
	s := "tensor[" + strings.Join(parts, ", ") + "]"
	if t.DType != "f32" {
		s += " " + t.DType
	}
	return s
}

// Kind names the type for messages.
func (*Tensor) Kind() string { return "a tensor" }

// written returns the axes in the order in which programs write them: those of space as x, y, z, after the others.
func (t *Tensor) written() []Axis {
	var out, space []Axis
	for _, a := range t.Axes {
		if spatial(a.Name) {
			space = append([]Axis{a}, space...)
		} else {
			out = append(out, a)
		}
	}
	return append(out, space...)
}

// axis returns the axis of that name, or nil.
func (t *Tensor) axis(name string) *Axis {
	for i := range t.Axes {
		if t.Axes[i].Name == name {
			return &t.Axes[i]
		}
	}
	return nil
}

// space returns the spatial axes in memory order: z, y, x.
func (t *Tensor) space() []Axis {
	var out []Axis
	for _, a := range t.Axes {
		if spatial(a.Name) {
			out = append(out, a)
		}
	}
	return out
}

// elements counts the elements of one sample; it stops counting above the limit.
func elements(axes []Axis) int {
	n := 1
	for _, a := range axes {
		if a.Size.Value > 0 && n > maxElements/a.Size.Value {
			return maxElements + 1
		}
		n *= a.Size.Value
	}
	return n
}

// with returns the axes with one of them, by name, in another size.
func with(axes []Axis, name string, size Size) []Axis {
	out := slices.Clone(axes)
	for i := range out {
		if out[i].Name == name {
			out[i].Size = size
		}
	}
	return out
}

// without returns the axes that are not named.
func without(axes []Axis, names []string) []Axis {
	var out []Axis
	for _, a := range axes {
		if !slices.Contains(names, a.Name) {
			out = append(out, a)
		}
	}
	return out
}

// ordered sorts axes into memory order.
func ordered(axes []Axis) []Axis {
	out := slices.Clone(axes)
	slices.SortStableFunc(out, func(a, b Axis) int { return order(a.Name) - order(b.Name) })
	return out
}

// order is the place of an axis in memory: batch, out, in, any other name, channel, z, y, x. Axes of other names keep
// the order in which they were given.
func order(axis string) int {
	switch axis {
	case batchAxis:
		return 0
	case outAxis:
		return 1
	case inAxis:
		return 2
	case channelAxis:
		return 4
	case "z":
		return 5
	case "y":
		return 6
	case "x":
		return 7
	}
	return 3
}

func spatial(axis string) bool { return axis == "x" || axis == "y" || axis == "z" }

// enumerate joins words as a sentence does: "x", "x and y", "x, y and z".
func enumerate(words []string) string {
	switch len(words) {
	case 0:
		return "none"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
