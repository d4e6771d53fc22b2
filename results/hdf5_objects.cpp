#include <array>
#include <iterator>

#include "core/error.hpp"
#include "core/outcome.hpp"
#include "core/utf8.hpp"
#include "results/hdf5.hpp"

namespace rackproof::hdf5 {
namespace {

PropertyList property_list(hid_t kind) {
    return PropertyList{checked(H5Pcreate(kind), "make a property list", H5I_INVALID_HID)};
}

PropertyList utf8_names(hid_t kind) {
    PropertyList list = property_list(kind);
    checked(H5Pset_char_encoding(list.get(), H5T_CSET_UTF8), "set the names' encoding",
            H5I_INVALID_HID);
    return list;
}

void require_hard_link(hid_t parent, const std::string& name) {
    H5L_info_t link;
    if (!fits_link(name)) throw Error{"open " + path_of(parent, name), "it is no link's name"};
    if (H5Lget_info(parent, name.c_str(), &link, H5P_DEFAULT) < 0) {
        if (!has_link(parent, name)) {
            throw Error{"open " + path_of(parent, name), "it is missing"};
        }
        fail("look at the link", parent, name);
    }
    if (link.type != H5L_TYPE_HARD) {
        throw Error{"open " + path_of(parent, name),
                    "it is a link to somewhere else; expected the object itself"};
    }
}

/// One more than the last index of `group`'s links.
hsize_t link_count(hid_t group) {
    H5G_info_t info;
    checked(H5Gget_info(group, &info), "count the links of", group);
    return info.nlinks;
}

bool keeps_creation_order(hid_t group) {
    const PropertyList creation{
        checked(H5Gget_create_plist(group), "read the properties of", group)};
    unsigned flags = 0;
    checked(H5Pget_link_creation_order(creation.get(), &flags), "read the link order of", group);
    return (flags & H5P_CRT_ORDER_TRACKED) != 0;
}

/// A name that HDF5 hands out in two calls: the length, then the bytes.
template <class Read>
std::string name_from(Read read, std::string_view attempted, hid_t object) {
    const ssize_t length = checked(read(nullptr, std::size_t{0}), attempted, object);
    std::string name(static_cast<std::size_t>(length), '\0');
    checked(read(name.data(), name.size() + 1), attempted, object);
    return name;
}

}  // namespace

Group create_group(hid_t parent, const std::string& name) {
    const PropertyList creation = property_list(H5P_GROUP_CREATE);
    checked(H5Pset_obj_track_times(creation.get(), 0), "leave out the times of", parent, name);
    checked(
        H5Pset_link_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        "keep the link order of", parent, name);
    const PropertyList linking = utf8_names(H5P_LINK_CREATE);
    return Group{
        checked(H5Gcreate2(parent, name.c_str(), linking.get(), creation.get(), H5P_DEFAULT),
                "create the group", parent, name)};
}

Group open_group(hid_t parent, const std::string& name) {
    require_hard_link(parent, name);
    return Group{
        checked(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), "open the group", parent, name)};
}

bool has_link(hid_t parent, const std::string& name) {
    return checked(H5Lexists(parent, name.c_str(), H5P_DEFAULT), "look for", parent, name) > 0;
}

std::vector<std::string> link_names(hid_t group) {
    const H5_index_t index = keeps_creation_order(group) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
    std::vector<std::string> names;
    const hsize_t count = link_count(group);
    for (hsize_t i = 0; i < count; ++i) {
        names.push_back(name_from(
            [&](char* buffer, std::size_t size) {
                return H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, i, buffer, size,
                                          H5P_DEFAULT);
            },
            "read a link's name in", group));
    }
    return names;
}

bool fits_link(std::string_view name) {
    return fits_attribute(name) && name != "." && name.find('/') == std::string::npos;
}

bool fits_attribute(std::string_view name) {
    return !name.empty() && name.find('\0') == std::string::npos && valid_utf8(name) == name;
}

Dataset create_dataset(hid_t parent, const std::string& name, hid_t type, const Dataspace& space,
                       const PropertyList& creation) {
    const PropertyList linking = utf8_names(H5P_LINK_CREATE);
    return Dataset{checked(H5Dcreate2(parent, name.c_str(), type, space.get(), linking.get(),
                                      creation.get(), H5P_DEFAULT),
                           "create the dataset", parent, name)};
}

Dataset open_dataset(hid_t parent, const std::string& name) {
    require_hard_link(parent, name);
    return Dataset{
        checked(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), "open the dataset", parent, name)};
}

PropertyList dataset_creation() {
    PropertyList list = property_list(H5P_DATASET_CREATE);
    checked(H5Pset_obj_track_times(list.get(), 0), "leave out a dataset's times", H5I_INVALID_HID);
    return list;
}

Datatype text_type(std::size_t bytes) {
    Datatype type{checked(H5Tcopy(H5T_C_S1), "make a text type", H5I_INVALID_HID)};
    checked(H5Tset_size(type.get(), bytes), "set a text's length", H5I_INVALID_HID);
    checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), "set a text's encoding", H5I_INVALID_HID);
    checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "set a text's padding", H5I_INVALID_HID);
    return type;
}

Datatype outcome_type() {
    Datatype type{checked(H5Tenum_create(H5T_STD_U8LE), "make the outcome type", H5I_INVALID_HID)};
    for (const Outcome outcome : kAllOutcomes) {
        const auto number = static_cast<std::uint8_t>(outcome);
        const std::string name{to_string(outcome)};
        checked(H5Tenum_insert(type.get(), name.c_str(), &number), "name the outcome",
                H5I_INVALID_HID, name);
    }
    return type;
}

Attribute create_attribute(hid_t object, const std::string& name, hid_t type,
                           const Dataspace& space) {
    const PropertyList creation = utf8_names(H5P_ATTRIBUTE_CREATE);
    return Attribute{
        checked(H5Acreate2(object, name.c_str(), type, space.get(), creation.get(), H5P_DEFAULT),
                "create the attribute", object, name)};
}

Attribute open_attribute(hid_t object, const std::string& name) {
    if (checked(H5Aexists(object, name.c_str()), "look for the attribute", object, name) == 0) {
        throw Error{"open the attribute " + path_of(object, name), "it is missing"};
    }
    return Attribute{
        checked(H5Aopen(object, name.c_str(), H5P_DEFAULT), "open the attribute", object, name)};
}

std::vector<std::string> attribute_names(hid_t object) {
    H5O_info_t info;
    checked(H5Oget_info(object, &info), "count the attributes of", object);
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.num_attrs; ++i) {
        names.push_back(name_from(
            [&](char* buffer, std::size_t size) {
                return H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, buffer, size,
                                          H5P_DEFAULT);
            },
            "read an attribute's name of", object));
    }
    return names;
}

}  // namespace rackproof::hdf5
