//go:build cuda

package cuda

import (
	"fmt"

	"gorgonia.org/cu"

	codegen "github.com/vnlang/vn/codegen/cuda"
)

// Info is what there is to know about a GPU before it is used.
type Info struct {
	Number       int
	Name         string
	Major, Minor int // of the compute capability
	Processors   int
	Memory       int64 // bytes
}

// Capability returns the compute capability, such as "9.0".
func (i Info) Capability() string { return fmt.Sprintf("%d.%d", i.Major, i.Minor) }

// Arch returns what kernels for the GPU are written for, the newest that it has or what is asked for, and what they are
// compiled for: machine code runs on GPUs of its own major version alone, so that what is written for SM80 is compiled
// for the later ones themselves.
func (i Info) Arch(asked codegen.Arch) (written, compiled codegen.Arch, err error) {
	if i.Major < 8 {
		return "", "", fmt.Errorf("%s has compute capability %s, and 8.0 is the least: GPUs since Ampere have it; use --device cpu", i.Name, i.Capability())
	}
	switch hopper := i.Major == 9; {
	case asked != "" && asked != codegen.SM80 && asked != codegen.SM90a:
		return "", "", fmt.Errorf("there are no kernels for %q: choose %s or %s", asked, codegen.SM80, codegen.SM90a)
	case asked == codegen.SM90a && !hopper:
		return "", "", fmt.Errorf("%s has compute capability %s, and kernels for %s run on 9.0 alone", i.Name, i.Capability(), asked)
	case hopper && asked != codegen.SM80:
		return codegen.SM90a, codegen.SM90a, nil
	case i.Major == 8:
		return codegen.SM80, codegen.SM80, nil
	}
	return codegen.SM80, codegen.Arch(fmt.Sprintf("sm_%d%d", i.Major, i.Minor)), nil
}

// List returns the GPUs of the machine, and the version of CUDA up to which the driver goes, such as "12.4".
func List() (gpus []Info, driver string, err error) {
	driver = driverVersion()
	count, err := cu.NumDevices()
	if err != nil {
		return nil, driver, fmt.Errorf("count the GPUs: %w", named(err))
	}
	for i := range count {
		device, err := cu.GetDevice(i)
		if err != nil {
			return gpus, driver, fmt.Errorf("look at GPU %d: %w", i, named(err))
		}
		info, err := describe(device)
		if err != nil {
			return gpus, driver, fmt.Errorf("look at GPU %d: %w", i, err)
		}
		info.Number = i
		gpus = append(gpus, info)
	}
	return gpus, driver, nil
}

// driverVersion returns the version of CUDA up to which the driver goes, such as "12.4"; empty where it does not say.
func driverVersion() string {
	v := cu.Version()
	if v <= 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", v/1000, v%1000/10)
}

// describe asks the driver about a device. It needs no context.
func describe(device cu.Device) (Info, error) {
	var i Info
	var err error
	if i.Name, err = device.Name(); err != nil {
		return i, named(err)
	}
	if i.Memory, err = device.TotalMem(); err != nil {
		return i, named(err)
	}
	for attribute, to := range map[cu.DeviceAttribute]*int{
		cu.ComputeCapabilityMajor: &i.Major, cu.ComputeCapabilityMinor: &i.Minor,
		cu.MultiprocessorCount: &i.Processors,
	} {
		if *to, err = device.Attribute(attribute); err != nil {
			return i, named(err)
		}
	}
	return i, nil
}
