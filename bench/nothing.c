/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest program: what exec.c starts. */
int main(void)
{
    return 0;
}
