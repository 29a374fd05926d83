package main

import (
	"bytes"
	"maps"
	"testing"

	"github.com/vnlang/vn/runtime"
)

// described is a device that says what it is, and does nothing.
type described struct{ runtime.Device }

func (described) Description() string { return "some GPU, fp16" }

// Which GPU computes, and in which precision, is said when it is opened.
func TestOpen(t *testing.T) {
	before := openers
	openers = maps.Clone(before)
	t.Cleanup(func() { openers = before })
	asked := ""
	openers["cuda"] = func(precision string) (runtime.Device, error) {
		asked = precision
		return described{}, nil
	}
	var said bytes.Buffer
	a := &app{err: &said, name: "cuda"}
	if _, err := a.open(computeFlags{Precision: "fp16"}, nil); err != nil || asked != "fp16" || said.String() != "note: the device is some GPU, fp16\n" {
		t.Errorf("%v, asked for %q: %q", err, asked, said.String())
	}
}

// The helper is of the sources of vnc, as far as that is known.
func TestDiffer(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"v1.0.0", "v1.0.0", false}, {"v1.0.0", "v1.0.1", true}, {"0123456789ab", "0123456789ab with changes", true},
		{"(devel)", "0123456789ab", false}, {"v1.0.0", "(unknown)", false},
	} {
		if got := differ(c.a, c.b); got != c.want {
			t.Errorf("that %q and %q differ is %v", c.a, c.b, got)
		}
	}
}
