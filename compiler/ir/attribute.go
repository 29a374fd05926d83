package ir

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Attribute is one attribute of an op: an exported field of its struct, under the field's name in lower case. The
// value is an int, a float64, a string, a bool, a DType, or a []int, []string or []Axis.
type Attribute struct {
	Name  string
	Value any
}

// String returns the attribute as the text form writes it.
func (a Attribute) String() string { return a.Name + " " + attributeText(a.Value) }

// Attributes returns the attributes of an op that are not zero, in the order of the struct's fields. An empty list
// counts as zero.
func Attributes(op Op) []Attribute {
	var attrs []Attribute
	for name, value := range fields(reflect.ValueOf(op)) {
		if !value.IsZero() && !(value.Kind() == reflect.Slice && value.Len() == 0) {
			attrs = append(attrs, Attribute{name, value.Interface()})
		}
	}
	return attrs
}

// WithAttributes returns a copy of an op with the given attributes set. An int is taken where a float64 is wanted, and
// a string where a DType is. An attribute that the op does not have, or one of another type, is an error.
func WithAttributes(op Op, attrs map[string]any) (Op, error) {
	copied := reflect.New(reflect.TypeOf(op)).Elem()
	copied.Set(reflect.ValueOf(op))
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		field, ok := fieldOf(copied, name)
		if !ok {
			return nil, fmt.Errorf("%s has no attribute %q; it has %s", op.Kind(), name, attributeNames(op))
		}
		value, ok := assignable(attrs[name], field.Type())
		if !ok {
			return nil, fmt.Errorf("%s: the attribute %s is of type %s, not %T", op.Kind(), name, field.Type(), attrs[name])
		}
		field.Set(value)
	}
	return copied.Interface().(Op), nil
}

// SameOp reports whether two ops are the same primitive with the same attributes.
func SameOp(a, b Op) bool {
	return a.Kind() == b.Kind() && slices.EqualFunc(Attributes(a), Attributes(b), func(a, b Attribute) bool {
		return a.Name == b.Name && attributeText(a.Value) == attributeText(b.Value)
	})
}

// fields visits the exported fields of an op's struct with the names of the attributes that they hold.
func fields(op reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for i := range op.NumField() {
			field := op.Type().Field(i)
			if field.IsExported() && !yield(strings.ToLower(field.Name), op.Field(i)) {
				return
			}
		}
	}
}

// fieldOf returns the field of an op's struct that holds the named attribute.
func fieldOf(op reflect.Value, name string) (reflect.Value, bool) {
	for n, field := range fields(op) {
		if n == name {
			return field, true
		}
	}
	return reflect.Value{}, false
}

// attributeNames lists the attributes of an op for a message.
func attributeNames(op Op) string {
	var names []string
	for name := range fields(reflect.ValueOf(op)) {
		names = append(names, name)
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}

// assignable returns value as a field of type t takes it; lists are copied, since an op never changes.
func assignable(value any, t reflect.Type) (reflect.Value, bool) {
	switch x := value.(type) {
	case int:
		if t.Kind() == reflect.Float64 {
			return reflect.ValueOf(float64(x)), true
		}
	case string:
		if t == reflect.TypeFor[DType]() {
			return reflect.ValueOf(DType(x)), true
		}
	case []int:
		value = slices.Clone(x)
	case []string:
		value = slices.Clone(x)
	case []Axis:
		value = slices.Clone(x)
	}
	v := reflect.ValueOf(value)
	return v, v.IsValid() && v.Type() == t
}
