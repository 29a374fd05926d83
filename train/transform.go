package train

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// arguments reads the arguments of a transform one by one. The first mistake is kept in err; done reports it, or the
// arguments that nobody asked for.
type arguments struct {
	transform Transform
	known     []string
	err       error
}

// number returns the argument of that name, or its default where it is not given; it is at least 0.
func (a *arguments) number(name string, otherwise float64) float64 {
	value, given := a.get(name)
	if !given {
		return otherwise
	}
	number, ok := toNumber(value)
	if !ok || !(number >= 0) {
		a.fail("%s: %v is not a number of at least 0", name, value)
	}
	return number
}

// triple returns the argument of that name along x, y, z: a list of three numbers, or one number for all axes.
func (a *arguments) triple(name string, otherwise float64) [3]float64 {
	value, _ := a.get(name)
	list, isList := value.([]any)
	if !isList {
		n := a.number(name, otherwise)
		return [3]float64{n, n, n}
	}
	var triple [3]float64
	if len(list) != 3 {
		a.fail("%s: the list has %d entries, and needs three, for x, y and z", name, len(list))
		return triple
	}
	for i, entry := range list {
		number, ok := toNumber(entry)
		if !ok || !(number >= 0) {
			a.fail("%s: %v is not a number of at least 0", name, entry)
		}
		triple[i] = number
	}
	return triple
}

// axes returns which of x, y, z the argument of that name lists; all where it is not given.
func (a *arguments) axes(name string) (on [3]bool) {
	value, given := a.get(name)
	if !given {
		return [3]bool{true, true, true}
	}
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	for _, entry := range list {
		axis := slices.Index([]any{"x", "y", "z"}, entry)
		if axis < 0 {
			a.fail("%s: %v is no axis: choose from x, y and z", name, entry)
			return on
		}
		on[axis] = true
	}
	return on
}

func (a *arguments) get(name string) (value any, given bool) {
	a.known = append(a.known, name)
	value, given = a.transform.Args[name]
	return value, given
}

func (a *arguments) fail(format string, values ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(a.transform.Name+": "+format, values...)
	}
}

func (a *arguments) done() error {
	for _, name := range slices.Sorted(maps.Keys(a.transform.Args)) {
		if !slices.Contains(a.known, name) {
			if len(a.known) == 0 {
				a.fail("it takes no arguments, and got %s", name)
			} else {
				a.fail("it has no argument %s: it takes %s", name, strings.Join(a.known, ", "))
			}
		}
	}
	return a.err
}

func toNumber(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}
