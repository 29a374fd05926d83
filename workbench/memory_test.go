package workbench

import (
	"strings"
	"testing"

	"github.com/vnlang/vn/internal/memory"
)

func TestCheckMemory(t *testing.T) {
	have := memory.Limit()
	if err := checkMemory("Net", have); err != nil {
		t.Error(err)
	}
	if have == memory.Unknown {
		t.Skip("the memory of this machine is not known")
	}
	if err := checkMemory("Net", have+1); err == nil || !strings.Contains(err.Error(), "--set image=") {
		t.Errorf("more than there is gives %v", err)
	}
}
