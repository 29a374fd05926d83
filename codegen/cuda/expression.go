package cuda

import (
	"cmp"
	"fmt"
	"strings"
)

// Expressions of CUDA C++ are strings, written without what does nothing: no sum with 0, no product with 1, no remainder of
// what is small enough. "" stands for zero until zeroed makes it one.

// plus returns a number and the index along an axis, where there is one.
func plus(start, axis int, index []string) string {
	var terms []string
	if axis >= 0 {
		terms = append(terms, index[axis])
	}
	return total(start, terms)
}

// sum returns a number and indices times strides.
func sum(start int, strides []int, index []string) string {
	var terms []string
	for i, s := range strides {
		if t := scaled(index[i], s); t != "" {
			terms = append(terms, t)
		}
	}
	return total(start, terms)
}

// total returns a number and terms.
func total(start int, terms []string) string {
	e := ""
	for _, t := range terms {
		if t != "" && t != "0" {
			e = joined(e, t)
		}
	}
	switch {
	case e == "":
		return fmt.Sprint(start)
	case start < 0:
		return fmt.Sprintf("%s - %d", e, -start)
	case start > 0:
		return fmt.Sprintf("%s + %d", e, start)
	}
	return e
}

// joined returns the sum of two expressions.
func joined(a, b string) string {
	switch {
	case a == "" || a == "0":
		return b
	case b == "" || b == "0":
		return a
	}
	return a + " + " + b
}

// scaled returns a multiple of an expression.
func scaled(e string, by int) string {
	switch {
	case e == "" || e == "0" || by == 0:
		return ""
	case by == 1:
		return e
	}
	return fmt.Sprintf("%s * %d", parenthesised(e), by)
}

// divided returns the quotient and the remainder by a power of two of something that is not negative.
func divided(e string, by int) (quotient, remainder string) {
	var n int
	if _, err := fmt.Sscanf(e+";", "%d;", &n); err == nil {
		return fmt.Sprint(n / by), fmt.Sprint(n % by)
	}
	return fmt.Sprintf("%s / %d", parenthesised(e), by), fmt.Sprintf("%s %% %d", parenthesised(e), by)
}

// parenthesised returns an expression as an operand.
func parenthesised(e string) string {
	if strings.ContainsAny(e, " ") {
		return "(" + e + ")"
	}
	return e
}

// digit returns the digit of a number e that counts up to `of`, behind digits that make up `by`: e / by % of. Where `of`
// is 0 it is the first digit, and needs no remainder.
func digit(e string, by, of int) string {
	switch {
	case of == 1:
		return "0"
	case by > 1:
		e = fmt.Sprintf("%s / %d", e, by)
	}
	if of > 0 {
		e = fmt.Sprintf("%s %% %d", e, of)
	}
	return e
}

// part returns the digit of a number whose place value and base are given, and the number's end; "" where it is always 0.
func part(number string, place, base, end int) string {
	switch {
	case base <= 1:
		return ""
	case place*base >= end:
		base = 0
	}
	return digit(number, place, base)
}

// when returns an expression where something is so, else "".
func when(is bool, e string) string {
	if is {
		return e
	}
	return ""
}

// zeroed returns an expression, 0 for none.
func zeroed(e string) string { return cmp.Or(e, "0") }

// number64 returns a constant, of 64 bits where indices are.
func number64(n int, wide bool) string {
	if wide {
		return fmt.Sprintf("%dll", n)
	}
	return fmt.Sprint(n)
}

// ceil returns how many times a number takes another, the last time not all of it.
func ceil(n, by int) int { return (n + by - 1) / by }
