package ir

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// attributeText returns the value of an attribute as the text form writes it.
func attributeText(value any) string {
	switch x := value.(type) {
	case int:
		return strconv.Itoa(x)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case string:
		return strconv.Quote(x)
	case bool:
		return strconv.FormatBool(x)
	case DType:
		return quoted(string(x))
	case []int:
		return joined(x, ",", strconv.Itoa)
	case []string:
		return joined(x, ",", quoted)
	case []Axis:
		return "[" + axesText(x) + "]"
	}
	panic("ir: an op has an attribute of a type that the text form does not know")
}

// joined writes a list with a separator.
func joined[T any](list []T, separator string, text func(T) string) string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = text(x)
	}
	return strings.Join(parts, separator)
}

// printedAttributes returns the attributes that the text form writes: all but axes that the type shows already.
func printedAttributes(op Op, t Type) []Attribute {
	attrs := Attributes(op)
	axes, ok := axesAttribute(op)
	if !ok {
		return attrs
	}
	attrs = slices.DeleteFunc(attrs, func(a Attribute) bool { return a.Name == axes.Name })
	if !slices.Equal(axes.Value.([]Axis), t.Axes) {
		attrs = append(attrs, axes)
	}
	return attrs
}

// axesAttribute returns the attribute of an op that is a list of axes, even when it is empty.
func axesAttribute(op Op) (Attribute, bool) {
	for name, field := range fields(reflect.ValueOf(op)) {
		if axes, ok := field.Interface().([]Axis); ok {
			return Attribute{name, axes}, true
		}
	}
	return Attribute{}, false
}
