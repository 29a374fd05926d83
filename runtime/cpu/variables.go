package cpu

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/compiler/plan"
	vnruntime "github.com/vnlang/vn/runtime"
)

// Variables makes room for the variables of the plans. The memory of each is taken when it is first needed, so that one
// that is adopted takes none.
func (d *Device) Variables(plans ...*plan.Plan) (vnruntime.Variables, error) {
	vs := variables{}
	var total int64
	for _, p := range plans {
		for _, b := range p.Buffers {
			if b.Class != plan.Variable {
				continue
			}
			if have, ok := vs[b.Name]; ok {
				if have.size != b.Type.Elements() {
					return nil, fmt.Errorf("variable %s has %d elements in one plan and %d in another", b.Name, have.size, b.Type.Elements())
				}
				continue
			}
			if total += b.Bytes(); total > limit() {
				return nil, tooLarge("the variables", total)
			}
			vs[b.Name] = &variable{size: b.Type.Elements()}
		}
	}
	return vs, nil
}

// variables are parameters and states, by name.
type variables map[string]*variable

// variable is one of them.
type variable struct {
	size    int
	values  []float32 // nil until they are needed or adopted
	version uint64    // counts the times that the values may have changed
}

func (vs variables) Names() []string { return slices.Sorted(maps.Keys(vs)) }

func (vs variables) Size(name string) int {
	if v, ok := vs[name]; ok {
		return v.size
	}
	return -1
}

func (vs variables) Load(name string, values []float32) error {
	v, err := vs.find(name, len(values))
	if err == nil {
		copy(v, values)
		vs[name].version++
	}
	return err
}

func (vs variables) Adopt(name string, values []float32) error {
	v, err := vs.check(name, len(values))
	if err != nil || v.values != nil {
		return vs.Load(name, values)
	}
	v.values = values[:v.size:v.size]
	v.version++
	return nil
}

func (vs variables) Store(name string, dst []float32) error {
	v, err := vs.find(name, len(dst))
	copy(dst, v)
	return err
}

// find returns the values of a variable, and makes them where there are none.
func (vs variables) find(name string, size int) ([]float32, error) {
	v, err := vs.check(name, size)
	if err != nil {
		return nil, err
	}
	if v.values == nil {
		v.values = floats(size)
		v.version++
	}
	return v.values, nil
}

func (vs variables) check(name string, size int) (*variable, error) {
	v, ok := vs[name]
	if !ok {
		return nil, fmt.Errorf("there is no variable %q", name)
	}
	if v.size != size {
		return nil, fmt.Errorf("variable %s has %d elements, not %d", name, v.size, size)
	}
	return v, nil
}
