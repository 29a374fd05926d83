package op

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// arity checks the number of arguments.
func arity(args []ir.Type, want int) error {
	if len(args) != want {
		return fmt.Errorf("takes %d arguments, not %d", want, len(args))
	}
	return nil
}

// leafType returns the type of a value that is made from nothing.
func leafType(args []ir.Type, axes []ir.Axis) (ir.Type, error) {
	if err := arity(args, 0); err != nil {
		return ir.Type{}, err
	}
	t := ir.NewType(axes...)
	return t, t.Check()
}

// sameType checks that two arguments of a map have one type.
func sameType(a, b ir.Type) error {
	if a.DType != b.DType {
		return fmt.Errorf("the arguments are %s and %s", a.DType, b.DType)
	}
	return sameAxes(a.Axes, b.Axes)
}

// sameAxes checks that two arguments have the same axes of the same sizes.
func sameAxes(a, b []ir.Axis) error {
	if !slices.Equal(axisNames(a), axisNames(b)) {
		return fmt.Errorf("the arguments have the axes %v and %v", axisNames(a), axisNames(b))
	}
	for i := range a {
		if a[i].Size != b[i].Size {
			return fmt.Errorf("axis %s: the arguments have the sizes %d and %d", a[i].Name, a[i].Size, b[i].Size)
		}
	}
	return nil
}

func axisNames(axes []ir.Axis) []string {
	names := make([]string, len(axes))
	for i, a := range axes {
		names[i] = a.Name
	}
	return names
}

// findAxis returns the place of a named axis, or an error that lists the axes there are.
func findAxis(t ir.Type, name string) (int, error) {
	i := t.Index(name)
	if i < 0 {
		return 0, fmt.Errorf("there is no axis %q; the argument is %s", name, t)
	}
	return i, nil
}

// withSize returns the type with the size of one axis changed.
func withSize(t ir.Type, axis, size int) ir.Type {
	t.Axes = slices.Clone(t.Axes)
	t.Axes[axis].Size = size
	return t
}
