package workbench

import (
	"strings"
	"testing"
)

func TestCheckMemory(t *testing.T) {
	have := machineMemory()
	if have < 1<<20 || have > fallbackMemory {
		t.Fatalf("the machine has %d bytes", have)
	}
	if err := checkMemory("Net", have); err != nil {
		t.Error(err)
	}
	if err := checkMemory("Net", have+1); err == nil || !strings.Contains(err.Error(), "--set image=") {
		t.Errorf("more than there is gives %v", err)
	}
}
