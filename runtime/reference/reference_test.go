package reference_test

import (
	"testing"

	"github.com/vnlang/vn/runtime/devicetest"
	"github.com/vnlang/vn/runtime/reference"
)

// The reference agrees with itself when the graph has gone through the passes: so the passes keep what a graph means.
func TestDevice(t *testing.T) { devicetest.RunAll(t, reference.New()) }
