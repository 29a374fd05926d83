// Package units writes quantities for people.
package units

import "fmt"

// Bytes writes a number of bytes in the largest binary unit that it fills, with one decimal: 2.3 GiB, 512 bytes.
func Bytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d bytes", n)
	}
	value, unit := float64(n)/1024, 0
	for ; value >= 1024; unit++ {
		value /= 1024
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTPE"[unit])
}
