package demo

// A palette is the few inks that one picture is made of, from the sky down to the
// foreground, and an accent used sparingly.
type palette struct {
	high, middle, low ink // the sky, from the top
	light             ink // sun, moon, windows
	far, mid, near    ink // layers of land or shapes
	accent            ink
}

// palettes are chosen by hand: within each, the inks share a light.
func palettes() map[string]palette {
	of := func(v ...uint32) palette {
		return palette{hex(v[0]), hex(v[1]), hex(v[2]), hex(v[3]), hex(v[4]), hex(v[5]), hex(v[6]), hex(v[7])}
	}
	return map[string]palette{
		"dawn":  of(0x3d5f86, 0xe5a08a, 0xfbdcb2, 0xfff3da, 0x9a94ab, 0x566c8e, 0x1d2f49, 0xd8573a),
		"teal":  of(0x14495c, 0x6a979f, 0xecdfc2, 0xfaf3df, 0x86a9a8, 0x3c6d76, 0x0e303c, 0xe46c4a),
		"rose":  of(0x5b3b5e, 0xca768b, 0xf8ccab, 0xffeccf, 0xa9768f, 0x6c4768, 0x2c1e39, 0xf2b04c),
		"sand":  of(0x6f9fb0, 0xe4c8a2, 0xf8e7ca, 0xfff8e6, 0xd8a97b, 0xb6754c, 0x6b3a2b, 0x22666c),
		"night": of(0x0c1534, 0x22316a, 0x6a6796, 0xf7edcd, 0x37427a, 0x1e2750, 0x0b1128, 0xf0b64e),
		"olive": of(0x7d9c8b, 0xcdd5ac, 0xf4eecd, 0xfffbe2, 0xa3b48f, 0x5f7d5c, 0x243e2f, 0xc8553d),
		"slate": of(0x4a5d73, 0xa4b5c2, 0xebebe4, 0xffffff, 0x9aabb8, 0x5d7286, 0x26343f, 0xe19f2d),
		"ember": of(0x2c1b33, 0x96403f, 0xf1904f, 0xffe3a8, 0x83404a, 0x4f2639, 0x1c1021, 0xf8c96f),
	}
}
