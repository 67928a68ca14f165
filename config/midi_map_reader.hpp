// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/midi_map.hpp"
#include "config/yaml_document.hpp"

#include <string>
#include <vector>

/// The part of a profile about MIDI, and the files about controllers. Throws YamlError.
namespace headroom {

/// Reads a file about a controller. name: what it is called where it does not say so itself.
MidiMap read_midi_map(const YamlNode &root, std::string name);

/// Reads one entry of a list of bindings.
MidiBinding read_midi_binding(const YamlNode &node);

/// Reads what stands below "labels:" of a map: displays, each as often as it has strips.
std::vector<MidiLabel> read_midi_labels(const YamlNode &node);

/// An address, or what find_path() takes for one; strip/*/ stands for the strip of that number.
/// buses: those that there are; nullptr if that is not known, as in the file of a controller.
MidiTarget read_midi_target(const YamlNode &node, int strip,
                            const std::vector<std::string> *buses = nullptr);

/// Reads what stands below "midi:" of a profile: the maps of the controllers that it names, and its
/// own bindings as one map more. buses: those of the profile.
std::vector<MidiMap> read_midi_settings(const YamlNode &node,
                                        const std::vector<std::string> &buses);

} // namespace headroom
