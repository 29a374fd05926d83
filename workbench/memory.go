package workbench

import (
	"fmt"

	"github.com/vnlang/vn/internal/memory"
	"github.com/vnlang/vn/internal/units"
)

// checkMemory reports a plan that needs more memory than there is, before anything is allocated.
func checkMemory(what string, need int64) error {
	if have := memory.Limit(); need > have {
		return fmt.Errorf("%s takes %s of memory, and there are %s: choose a smaller image (--set image=...), fewer channels or a smaller batch; vnc inspect says what a model takes",
			what, units.Bytes(need), units.Bytes(have))
	}
	return nil
}
