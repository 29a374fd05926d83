//go:build !amd64

package kernel

func machinePaths() []*path { return nil }
