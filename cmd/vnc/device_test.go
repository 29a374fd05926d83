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
