package syntax

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

var numberParts = regexp.MustCompile(`^([0-9]+)((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)([A-Za-z_].*)?$`)

// number reads an int, a float, or a quantity: a number with its unit directly behind it.
func (c *converter) number(t token) Expr {
	n := node{At: spanOf(c.file, t)}
	parts := numberParts.FindStringSubmatch(t.Value)
	whole, rest, unit := parts[1], parts[2], parts[3]
	if strings.HasPrefix(unit, "_") || (whole == "0" && rest == "" && strings.ContainsAny(unit[:min(1, len(unit))], "xXbBoO")) {
		c.report(&diag.Diagnostic{Code: "syntax/number", Summary: fmt.Sprintf("`%s` is no number", t.Value), At: n.At,
			Help: "a number is decimal digits without `_`, such as 30000, 0.1 or 1e-4"})
	}
	if rest == "" && unit == "" {
		v, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			c.report(&diag.Diagnostic{Code: "syntax/number", Summary: "the number does not fit 64 bits", At: n.At,
				Help: "write it as a float: 1e20"})
		}
		return &Int{node: n, Value: v}
	}
	v, err := strconv.ParseFloat(whole+rest, 64)
	if err != nil {
		c.report(&diag.Diagnostic{Code: "syntax/number", Summary: "the number does not fit a float of 64 bits", At: n.At,
			Help: "the largest is about 1.8e308"})
	}
	if unit != "" {
		return &Quantity{node: n, Value: v, Unit: unit}
	}
	return &Float{node: n, Value: v}
}

// text reads a string: what stands between the quotes, with \" \\ \n and \t for the signs they stand for.
func (c *converter) text(t token) *String {
	inner := t.Value[1 : len(t.Value)-1]
	var out strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] != '\\' {
			out.WriteByte(inner[i])
			continue
		}
		i++
		switch inner[i] {
		case '"', '\\':
			out.WriteByte(inner[i])
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		default:
			at := t.Pos.Offset + i
			_, size := utf8.DecodeRuneInString(inner[i:])
			c.report(&diag.Diagnostic{Code: "syntax/escape", Summary: fmt.Sprintf("`\\%s` is no escape", inner[i:i+size]),
				At: source.Span{File: c.file, Start: at, End: at + 1 + size}, Help: "a string knows `\\\"`, `\\\\`, `\\n` and `\\t`"})
			i += size - 1
		}
	}
	return &String{node: node{At: spanOf(c.file, t)}, Value: out.String()}
}
