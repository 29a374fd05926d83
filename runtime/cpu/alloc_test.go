package cpu

import (
	"testing"

	"github.com/vnlang/vn/runtime/devicetest"
)

// Running a plan allocates nothing.
func TestRunAllocatesNothing(t *testing.T) {
	d := New(2)
	defer d.Close()
	devicetest.Allocations(t, d, 0)
}
