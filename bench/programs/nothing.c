/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest program: what others start. */
int main(void)
{
    return 7;
}
