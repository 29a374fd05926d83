package eval

import (
	"fmt"
	"strconv"
	"strings"
)

// Value is a value of the language. Values are immutable; String prints one as the language writes it.
type Value interface {
	fmt.Stringer
	// Kind names the type for messages: "an int", "a tensor".
	Kind() string
}

// Unknown is the value of an expression that failed. What is made from it is Unknown too, silently.
type Unknown struct{}

// Nothing is what a block returns that has no return statement.
type Nothing struct{}

// Int is a whole number. Size is how it came from the model's input sizes, when it did.
type Int struct {
	Value int64
	from  *origin
}

// Float is a real number.
type Float struct{ Value float64 }

// Bool is a truth value known at compile time.
type Bool struct{ Value bool }

// String is a text; the names of axes, and other words such as `same` and `uniform`, are texts.
type String struct{ Value string }

// Quantity is a number with a unit: 1.5mm, 15voxel.
type Quantity struct {
	Value float64
	Unit  string
}

func (Unknown) String() string    { return "unknown" }
func (Nothing) String() string    { return "nothing" }
func (v Int) String() string      { return strconv.FormatInt(v.Value, 10) }
func (v Float) String() string    { return formatFloat(v.Value) }
func (v Bool) String() string     { return strconv.FormatBool(v.Value) }
func (v String) String() string   { return strconv.Quote(v.Value) }
func (v Quantity) String() string { return formatNumber(v.Value) + v.Unit }

// Kind names the type for messages.
func (Unknown) Kind() string    { return "an unknown value" }
func (Nothing) Kind() string    { return "nothing" }
func (Int) Kind() string        { return "an int" }
func (Float) Kind() string      { return "a float" }
func (Bool) Kind() string       { return "a bool" }
func (String) Kind() string     { return "a string" }
func (v Quantity) Kind() string { return "a quantity in " + v.Unit }

// formatFloat prints a float so that it is read as one again.
func formatFloat(f float64) string {
	s := formatNumber(f)
	if strings.ContainsAny(s, ".einIN") {
		return s
	}
	return s + ".0"
}

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// number returns the real number that an Int or a Float is.
func number(v Value) (float64, bool) {
	switch v := v.(type) {
	case Int:
		return float64(v.Value), true
	case Float:
		return v.Value, true
	}
	return 0, false
}

func isUnknown(values ...Value) bool {
	for _, v := range values {
		if _, ok := v.(Unknown); ok {
			return true
		}
	}
	return false
}

// describe says what a value is, for "…, but this is …": "the int 3", "a tensor[channel 2, ...]".
func describe(v Value) string {
	switch v := v.(type) {
	case Int, Float, Bool, String:
		return "the " + strings.TrimPrefix(strings.TrimPrefix(v.Kind(), "an "), "a ") + " " + shorten(v.String(), 60)
	case Quantity:
		return "the quantity " + v.String()
	case *Tensor:
		return "a " + v.String()
	case *List:
		return "the list " + shorten(v.String(), 40)
	case *Block:
		return "the block `" + v.Name() + "`"
	case *fixed:
		return "the block that always gives " + v.value.String()
	}
	return v.Kind()
}

// shorten cuts a text that would fill a message.
func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= n {
		return s
	}
	return s[:n-3] + "..."
}
