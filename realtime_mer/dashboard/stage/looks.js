// The looks a person can choose from, in the order of the key n.

import { aurora } from "./look_aurora.js";
import { ink } from "./look_ink.js";
import { lattice } from "./look_lattice.js";

export const SHADERS = { aurora, ink, lattice };
export const LOOKS = Object.keys(SHADERS);
