package subprocess

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel end the command when this process ends, however that happens.
func endWithParent(c *exec.Cmd) {
	if c.SysProcAttr == nil {
		c.SysProcAttr = &syscall.SysProcAttr{}
	}
	c.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
