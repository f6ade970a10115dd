# A layer is a static library that sees its own headers and those of the layers it links, and nothing else: every
# layer has an include root of its own in the build tree, so an include against the arrows does not compile.

function(layer_root name dir)
    set(root ${CMAKE_BINARY_DIR}/include/${name})
    get_filename_component(leaf ${dir} NAME)
    file(MAKE_DIRECTORY ${root})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${dir} ${root}/${leaf} SYMBOLIC)
    set(LAYER_ROOT ${root} PARENT_SCOPE)
endfunction()

# add_layer(NAME DIR folder [EXCEPT file...] [LINKS target...])
function(add_layer name)
    cmake_parse_arguments(L "" "DIR" "EXCEPT;LINKS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${L_DIR}/*.c)
    foreach(file ${L_EXCEPT})
        list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${file})
    endforeach()
    layer_root(${name} ${L_DIR})
    if(sources)
        add_library(${name} STATIC ${sources})
        target_include_directories(${name} PUBLIC ${LAYER_ROOT})
        target_link_libraries(${name} PUBLIC ${L_LINKS} PRIVATE build_flags)
    else()
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE ${LAYER_ROOT})
        target_link_libraries(${name} INTERFACE ${L_LINKS})
    endif()
endfunction()

# add_headers(NAME DIR folder FILES header... [LINKS target...]): single headers of a folder that others may include.
function(add_headers name)
    cmake_parse_arguments(H "" "DIR" "FILES;LINKS" ${ARGN})
    get_filename_component(leaf ${H_DIR} NAME)
    set(root ${CMAKE_BINARY_DIR}/include/${name}_headers)
    file(MAKE_DIRECTORY ${root}/${leaf})
    foreach(file ${H_FILES})
        file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${H_DIR}/${file} ${root}/${leaf}/${file} SYMBOLIC)
    endforeach()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${root})
    target_link_libraries(${name} INTERFACE ${H_LINKS})
endfunction()

# embed_files(TARGET symbol glob): the files matching glob become a table of common/embedded.h inside TARGET.
function(embed_files target symbol glob)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${glob})
    list(SORT files)
    set(out ${CMAKE_BINARY_DIR}/${symbol}.c)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -D OUT=${out} -D SYMBOL=${symbol} -D "FILES=${files}" -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()
