package cpu

import (
	"testing"

	"github.com/vnlang/vn/runtime/devicetest"
)

func TestDevice(t *testing.T) {
	d := New(2)
	defer d.Close()
	devicetest.RunAll(t, d)
}
